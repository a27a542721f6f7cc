// For containers: exit code 0 where the desk in this one can serve, 1 where it cannot. Needs nothing but Node.js.
const { HOST = '127.0.0.1', PORT = '3000' } = process.env;
const host = /^(0\.0\.0\.0|::|)$/.test(HOST) ? '127.0.0.1' : HOST.includes(':') ? `[${HOST}]` : HOST;
try {
  const url = `http://${host}:${PORT || 3000}/api/readyz`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(4_000), headers: { host: 'localhost' } });
  process.exitCode = answer.ok ? 0 : 1;
  if (!answer.ok) console.error(await answer.text());
} catch (error) {
  console.error(`${error.message}${error.cause ? `: ${error.cause.message ?? error.cause.code}` : ''}`);
  process.exitCode = 1;
}
