// Puts out all that it finds in its environment.
process.stdout.write(`${JSON.stringify({ type: 'output', name: 'environment', content: { ...process.env } })}\n`);
process.stdout.write('{"type":"done"}\n');
