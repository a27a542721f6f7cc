'use client';

import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Dialog, DialogActions } from '@/app/_components/dialog';
import { Refusal } from '@/app/_components/door';
import { Field, Select, TextInput } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import { useViewer } from '@/app/_lib/viewer';
import type { ImapConnectRequest, MailboxList } from '@/lib/contracts';
import { failureInWords, fieldFailures } from '../failure';
import { FieldMessage } from '../field-message';
import { useConnectImap } from './queries';

type Security = 'tls' | 'starttls';
const PORTS: Record<Security, string> = { tls: '993', starttls: '143' };

interface Props {
  server: MailboxList['imapServer'];
  shared: boolean;
  /** Whom to log in as, where that is known. */
  user?: string;
  onClose: () => void;
}

/** Asks for an account at an IMAP server; nothing is kept before it let the desk in. */
export default function ImapDialog({ server, shared, user: known, onClose }: Props) {
  const viewer = useViewer();
  const connect = useConnectImap();
  const [host, setHost] = useState(server?.host ?? '');
  const [security, setSecurity] = useState<Security>(server?.security === 'starttls' ? 'starttls' : 'tls');
  const [port, setPort] = useState(String(server?.port ?? PORTS.tls));
  const [user, setUser] = useState(known ?? (shared ? '' : (viewer?.email ?? '')));
  const [password, setPassword] = useState('');
  const [address, setAddress] = useState('');
  const [folder, setFolder] = useState('');
  const wrong = fieldFailures(connect.error);
  const hint = (field: keyof ImapConnectRequest, otherwise?: ReactNode) =>
    wrong[field] === undefined ? otherwise : <FieldMessage>{wrong[field]}</FieldMessage>;
  const invalid = (field: keyof ImapConnectRequest) => (wrong[field] === undefined ? undefined : true);
  const atAField = Object.keys(wrong).length > 0;
  const isAddress = user.includes('@');

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (connect.isPending) return;
    const given: ImapConnectRequest = {
      ...{ host: host.trim(), port: Number(port), security, user: user.trim(), password },
      ...(isAddress || address.trim() === '' ? {} : { address: address.trim() }),
      ...(folder.trim() === '' ? {} : { folder: folder.trim() }),
      ...(shared ? { shared } : {}),
    };
    try {
      const mailbox = await connect.mutateAsync(given);
      notify.success(`${mailbox.address} is connected`, { description: `Drafts go to: ${mailbox.destination}.` });
      onClose();
    } catch {
      // The form shows it.
    }
  };

  return (
    <Dialog
      title={shared ? 'Connect a shared IMAP mailbox' : 'Connect an IMAP mailbox'}
      description="The desk logs in once to see that it works, and keeps the password encrypted."
      onClose={onClose}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="Server" hint={hint('host', 'e.g. imap.fastmail.com')}>
          {(control) => (
            <TextInput
              {...control}
              required
              maxLength={253}
              autoCapitalize="none"
              spellCheck={false}
              value={host}
              onChange={(event) => setHost(event.target.value)}
              aria-invalid={invalid('host')}
            />
          )}
        </Field>
        <div className="grid grid-cols-2 gap-3">
          <Field label="Security" hint={hint('security')}>
            {(control) => (
              <Select
                {...control}
                value={security}
                onChange={(event) => {
                  const next = event.target.value === 'starttls' ? 'starttls' : 'tls';
                  if (port === PORTS[security]) setPort(PORTS[next]);
                  setSecurity(next);
                }}
              >
                <option value="tls">TLS</option>
                <option value="starttls">STARTTLS</option>
              </Select>
            )}
          </Field>
          <Field label="Port" hint={hint('port')}>
            {(control) => (
              <TextInput
                {...control}
                type="number"
                inputMode="numeric"
                required
                min={1}
                max={65535}
                value={port}
                onChange={(event) => setPort(event.target.value)}
                aria-invalid={invalid('port')}
              />
            )}
          </Field>
        </div>
        <Field label="User" hint={hint('user')}>
          {(control) => (
            <TextInput
              {...control}
              required
              maxLength={320}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={user}
              onChange={(event) => setUser(event.target.value)}
              aria-invalid={invalid('user')}
            />
          )}
        </Field>
        {isAddress ? null : (
          <Field
            label="Address of the mailbox"
            hint={hint('address', shared ? undefined : 'Yours, unless you say otherwise.')}
          >
            {(control) => (
              <TextInput
                {...control}
                type="email"
                required={shared}
                maxLength={254}
                value={address}
                onChange={(event) => setAddress(event.target.value)}
                aria-invalid={invalid('address')}
              />
            )}
          </Field>
        )}
        <Field label="Password" hint={hint('password', 'With two-step sign-in, an app password.')}>
          {(control) => (
            <TextInput
              {...control}
              type="password"
              required
              maxLength={1000}
              autoComplete="off"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              aria-invalid={invalid('password')}
            />
          )}
        </Field>
        <Field label="Folder for drafts" hint={hint('folder', 'Empty: the one that the server marks as such.')}>
          {(control) => (
            <TextInput
              {...control}
              maxLength={500}
              value={folder}
              onChange={(event) => setFolder(event.target.value)}
              aria-invalid={invalid('folder')}
            />
          )}
        </Field>
        {connect.isError && !atAField ? <Refusal>{failureInWords(connect.error)}</Refusal> : null}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={connect.isPending}>
            Connect
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
