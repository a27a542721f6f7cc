import { CheckIcon, HeldIcon } from '@/app/_components/icons';
import type { GateCheck } from '@/lib/contracts';

/** Every gate with what was found, those that hold first. */
export function GateList({ gates }: { gates: readonly GateCheck[] }) {
  if (gates.length === 0) return <p className="text-ink-2">Checked when the account has been scanned.</p>;
  const ordered = [...gates].sort((a, b) => Number(a.passed) - Number(b.passed));
  return (
    <ul className="grid gap-1.5">
      {ordered.map((gate) => (
        <li key={gate.code} className="flex gap-2">
          {gate.passed ? (
            <CheckIcon className="mt-px size-4 flex-none text-green" />
          ) : (
            <HeldIcon className="mt-px size-4 flex-none text-amber" />
          )}
          <span className={gate.passed ? 'text-ink-2' : 'font-medium text-ink'}>
            <span className={gate.passed ? 'sr-only' : 'text-amber'}>{gate.passed ? 'Passed: ' : 'Holds: '}</span>
            {gate.message}
          </span>
        </li>
      ))}
    </ul>
  );
}
