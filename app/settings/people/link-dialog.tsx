'use client';

import { useFormat } from '@/app/_lib/use-format';
import type { LinkMade } from '@/lib/contracts';
import { ShownOnce } from '../shown-once';

interface Props {
  title: string;
  made: LinkMade;
  note?: string;
  onClose: () => void;
}

/** A link that lets somebody in, to be handed over by hand. */
export default function LinkDialog({ title, made, note, onClose }: Props) {
  const format = useFormat();
  return (
    <ShownOnce
      title={title}
      description={
        <>
          Headroom sends no mail: give this link to them yourself. It works once, until{' '}
          {format.dateTime(made.expiresAt)}.{note === undefined ? '' : ` ${note}`}
        </>
      }
      label="Link"
      value={made.link}
      onClose={onClose}
    />
  );
}
