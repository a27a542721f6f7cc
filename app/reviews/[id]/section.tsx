import type { ReactNode } from 'react';
import type { ReviewContent } from '@/lib/contracts/reviews';

/** A numbered section with its summary, and who wrote that. */
export function Section({
  number,
  title,
  summary,
  children,
}: {
  number: number;
  title: string;
  summary: ReviewContent['health']['summary'];
  children: ReactNode;
}) {
  const { text, origin } = summary;
  return (
    <section aria-labelledby={`section-${number}`}>
      <h2 id={`section-${number}`}>
        <span className="review-number">{number}</span> {title}
      </h2>
      <p className="review-summary">{text}</p>
      <p className="review-origin">
        {origin.by === 'rules'
          ? 'Written by rules from the figures below.'
          : `Reworded by ${origin.model} (prompt ${origin.promptVersion}) from the figures below.`}
      </p>
      {children}
    </section>
  );
}
