'use client';

import { useRouter } from 'next/navigation';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { LoadSampleButton } from '@/app/_components/load-sample-button';
import { Page, PageScroll } from '@/app/_components/page';
import { ProgressBar } from '@/app/_components/progress-bar';
import { useFormat } from '@/app/_lib/use-format';
import { useWorkspace } from '@/app/_lib/workspace';
import { ColumnGuide } from './column-guide';
import { ColumnMapping } from './column-mapping';
import { importKindInfo } from './columns';
import { FileDrop } from './file-drop';
import { ImportOutcome } from './import-outcome';
import { KindPicker } from './kind-picker';
import { assignColumn, missingColumns } from './mapping';
import { PreviewTable } from './preview-table';
import { Problem } from './problem';
import { type ImportState, useImport } from './use-import';

const KINDS = ['accounts', 'catalogue', 'usage'] as const;

/** From a file to accounts on the desk: choose, check the columns, import, see what was refused and why. */
export function ImportView() {
  const [kind, setKind] = useQueryState('kind', parseAsStringLiteral(KINDS).withDefault('accounts'));
  const info = importKindInfo(kind);
  const desk = useImport(info);
  const router = useRouter();
  const { state } = desk;
  // Invented accounts among real ones would be hard to get rid of.
  const isEmpty = useWorkspace().data?.accounts === 0;

  return (
    <Page
      title="Import"
      actions={
        isEmpty ? <LoadSampleButton variant="quiet" onLoaded={() => router.push('/opportunities')} /> : undefined
      }
    >
      <PageScroll>
        <div className="grid w-full max-w-4xl gap-4">
          {state.step === 'done' ? (
            <ImportOutcome fileName={state.file.name} result={state.result} onAgain={desk.reset} />
          ) : (
            <>
              <KindPicker
                value={kind}
                disabled={state.step === 'sending'}
                onChange={(next) => {
                  desk.reset();
                  void setKind(next);
                }}
              />
              <Card title="File">
                <FileDrop
                  file={state.step === 'choose' ? null : state.file}
                  note={'preview' in state ? state.preview.layout : undefined}
                  disabled={state.step === 'sending'}
                  onFile={desk.choose}
                />
                {state.step === 'unreadable' ? <Problem title="This file cannot be read" error={state.error} /> : null}
              </Card>
              {state.step === 'ready' || state.step === 'sending' ? (
                <>
                  <ColumnMapping
                    key={state.file.name}
                    columns={info.columns}
                    preview={state.preview}
                    mapping={state.mapping}
                    disabled={state.step === 'sending'}
                    onChange={(header, target) => desk.map(assignColumn(state.mapping, header, target))}
                  />
                  <PreviewTable preview={state.preview} mapping={state.mapping} />
                  <ImportBar
                    label={info.label}
                    state={state}
                    missing={missingColumns(state.mapping, info.columns)}
                    desk={desk}
                  />
                </>
              ) : state.step === 'choose' ? (
                <ColumnGuide info={info} />
              ) : null}
            </>
          )}
        </div>
      </PageScroll>
    </Page>
  );
}

interface BarProps {
  label: string;
  state: Extract<ImportState, { step: 'ready' | 'sending' }>;
  missing: readonly { name: string }[];
  desk: Pick<ReturnType<typeof useImport>, 'send' | 'stop'>;
}

/** The last step, always in view: what is missing, how far it has come, or what went wrong. */
function ImportBar({ label, state, missing, desk }: BarProps) {
  const format = useFormat();
  return (
    <div className="sticky -bottom-8 z-10 -mb-8 border-t border-line bg-bg py-3 max-sm:static max-sm:mb-0">
      {state.step === 'ready' && state.error !== null ? (
        <Problem title="The file was not imported" error={state.error} />
      ) : null}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-40 flex-1 text-ink-2" aria-live="polite">
          {state.step === 'sending' ? (
            <div className="flex items-center gap-3">
              <div className="flex-1">
                <ProgressBar label="Progress of the import" share={state.share >= 1 ? null : state.share} />
              </div>
              <span className="flex-none text-xs">
                {state.share >= 1 ? 'Taking in the last rows' : `${format.percent(state.share)} sent`}
              </span>
            </div>
          ) : missing.length > 0 ? (
            <span className="font-medium text-amber">
              Still needed: {missing.map((column) => column.name).join(' and ')}. Say above which column of the file
              that is.
            </span>
          ) : (
            'Good rows go in, bad rows come back with what to mend. The same file twice changes nothing.'
          )}
        </div>
        {state.step === 'sending' ? (
          <Button onClick={desk.stop}>Stop</Button>
        ) : (
          <Button variant="primary" onClick={desk.send} disabled={missing.length > 0}>
            Import {label.toLowerCase()}
          </Button>
        )}
      </div>
    </div>
  );
}
