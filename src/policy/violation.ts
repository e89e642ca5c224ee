export type Severity = 'critical' | 'high' | 'medium' | 'low';

const SEVERITIES = {
  UNAUTHORIZED_POOL: 'critical',
  APPLY_WITHOUT_PLAN: 'critical',
  RUN_WITHOUT_CHECK: 'critical',
  UNAUTHORIZED_PROD: 'critical',
  UNRECORDED_ROOT: 'critical',
  BASELINE_MUTATION: 'critical',
  ERROR_BUDGET_EXCEEDED: 'high',
  PROCEDURE_VIOLATION: 'high',
  HEARTBEAT_TIMEOUT: 'high',
  LOCK_EXPIRED: 'high',
  SCOPE_VIOLATION: 'medium',
  FORBIDDEN_ACTION: 'medium',
  CONFIDENCE_BELOW_THRESHOLD: 'low',
  MISSING_ARTIFACT: 'low',
} as const satisfies Record<string, Severity>;
export type ViolationType = keyof typeof SEVERITIES;

export interface Judgement {
  readonly severity: Severity;
  readonly response: 'warn' | 'revoke';
  /** How many medium ones this agent has now, for the next judgement. */
  readonly mediumSoFar: number;
}

/** What follows from a violation. Enforcement fails towards revoking: only what the table calls milder is. */
export function judge(type: ViolationType, mediumSoFar: number): Judgement {
  const severity = SEVERITIES[type];
  switch (severity) {
    case 'critical':
    case 'high':
      return { severity, response: 'revoke', mediumSoFar };
    case 'medium':
      return { severity, response: mediumSoFar === 0 ? 'warn' : 'revoke', mediumSoFar: mediumSoFar + 1 };
    case 'low':
      return { severity, response: 'warn', mediumSoFar };
  }
}
