/** The limits in force in a part of the run: tight enough to be hit, loose enough to let drafts through again. */
export const LIMITS = `hardening:
  alerts: [log]
  cooldown: { seconds: 1 }
  hourlyCap: null
  breaker: { threshold: 3, recoverySeconds: 3, probeLeaseSeconds: 10 }
  thermal: { max: 6, windowSeconds: 10, pauseSeconds: 3 }
  perAgent:
    cooldown: null
    hourlyCap: null
    breaker: { threshold: 2, recoverySeconds: 2, probeLeaseSeconds: 10 }
    thermal: null
`;
