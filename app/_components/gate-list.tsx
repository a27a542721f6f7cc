import { CheckIcon, CrossIcon } from './icons';

/** Gates with a check or a cross, and in words for those who do not see it. */
export function GateList({ gates }: { gates: readonly { code: string; passed: boolean; message: string }[] }) {
  return (
    <ul>
      {gates.map((gate) => (
        <li key={gate.code} className="flex gap-2 py-[3px] text-ink-2">
          {gate.passed ? (
            <CheckIcon className="mt-0.5 size-3.5 flex-none text-green" />
          ) : (
            <CrossIcon className="mt-0.5 size-3.5 flex-none text-red" strokeWidth="2.2" />
          )}
          <span className={gate.passed ? undefined : 'font-medium text-ink'}>
            <span className="sr-only">{gate.passed ? 'Passed: ' : 'Holds: '}</span>
            {gate.message}
          </span>
        </li>
      ))}
    </ul>
  );
}
