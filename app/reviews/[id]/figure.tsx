'use client';

import { useFormat } from '@/app/_lib/use-format';
import type { ReviewFigure } from '@/lib/contracts/reviews';

/** A stored value as the reader's language writes it. */
export function Figure({ value }: { value: ReviewFigure }) {
  const format = useFormat();
  switch (value.kind) {
    case 'money':
      return format.money(value.amount);
    case 'number':
      return format.number(value.value);
    case 'percent':
      return format.percent(value.value);
    case 'text':
      return value.value;
    case 'unknown':
      return <span className="review-quiet">not known</span>;
  }
}
