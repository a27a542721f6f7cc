'use client';

import { useQuery } from '@tanstack/react-query';
import { Card } from '@/app/_components/card';
import { ErrorState } from '@/app/_components/error-state';
import { PageScroll } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { SettingsPage } from '../settings-page';
import { JobRow } from './job-row';
import { scheduleQuery } from './queries';
import { ZoneForm } from './zone-form';

/** What the desk does by itself and when, and how to have it otherwise. */
export function ScheduleView() {
  const schedule = useQuery(scheduleQuery());
  const { data } = schedule;
  return (
    <SettingsPage>
      <PageScroll>
        <div className="flex max-w-4xl flex-col gap-5">
          {data === undefined ? (
            <Card title="Schedule" flush>
              {schedule.isError ? (
                <ErrorState
                  title="The schedule could not be loaded"
                  error={schedule.error}
                  onRetry={() => void schedule.refetch()}
                  retrying={schedule.isFetching}
                />
              ) : (
                <TableSkeleton label="Loading the schedule" />
              )}
            </Card>
          ) : (
            <>
              <Card title="Time zone">
                <ZoneForm schedule={data} />
              </Card>
              <Card title="Jobs" note="What is set here wins over the configuration, on every instance at once" flush>
                <ul>
                  {data.jobs.map((job) => (
                    <JobRow key={job.job} job={job} timeZone={data.timeZone} />
                  ))}
                </ul>
              </Card>
            </>
          )}
        </div>
      </PageScroll>
    </SettingsPage>
  );
}
