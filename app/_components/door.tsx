import type { ReactNode } from 'react';
import { LogoIcon } from './icons';

/** The frame of the pages before the desk: one card in the middle of the screen. */
export function Door({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main id="main" className="grid min-h-dvh place-items-center overflow-y-auto p-4">
      <div className="flex w-full max-w-[22rem] flex-col gap-4">
        <p className="flex items-center gap-2 text-[14px] font-[650] tracking-[-0.01em]">
          <LogoIcon className="text-accent" />
          Headroom
        </p>
        <section className="flex flex-col gap-4 rounded-2xl border border-line bg-panel p-6">
          <h1 className="text-lg font-bold tracking-[-0.015em]">{title}</h1>
          {children}
        </section>
      </div>
    </main>
  );
}

/** Why something was refused, read out when it appears. */
export function Refusal({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="rounded-lg bg-red-soft px-3 py-2 text-red">
      {children}
    </p>
  );
}
