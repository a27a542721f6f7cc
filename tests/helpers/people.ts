import type { Role } from '../../lib/domain/access';
import { TEST_API_KEY } from './server';

export interface TestPerson {
  email: string;
  password: string;
  /** `name=value`, as a request sends it. */
  cookie: string;
}

const PASSWORD = 'seven plain words are long enough';
let invited = 0;

/** Invites somebody with that role to the server, and comes in as them. */
export async function signInAs(url: string, role: Role, email?: string): Promise<TestPerson> {
  invited += 1;
  const address = email ?? `${role}-${process.pid}-${invited}@people.example`;
  const { link } = (await post(url, '/api/v1/invitations', { email: address, role }, TEST_API_KEY)) as { link: string };
  const secret = new URL(link).hash.slice(1);
  const name = `${role.charAt(0).toUpperCase()}${role.slice(1)} Test`;
  const response = await send(url, '/api/v1/links/redeem', { secret, name, password: PASSWORD });
  const [cookie = ''] = response.headers.getSetCookie().map((value) => value.split(';')[0] ?? '');
  return { email: address, password: PASSWORD, cookie };
}

async function post(url: string, path: string, body: unknown, key: string): Promise<unknown> {
  return (await send(url, path, body, { authorization: `Bearer ${key}` })).json();
}

async function send(url: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  return response;
}
