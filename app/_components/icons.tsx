import type { SVGProps } from 'react';

/** Drawn on a 16 px grid, in the text's colour, hidden from assistive technology: the text beside them says it. */
function Icon({ children, ...props }: SVGProps<SVGSVGElement>) {
  return (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      {...props}
    >
      {children}
    </svg>
  );
}

type Props = SVGProps<SVGSVGElement>;

export const OpportunitiesIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M2 12l4-4 3 3 5-6M10 5h4v4" />
  </Icon>
);
export const AccountsIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M2 14V3h7v11M9 7h5v7M4.5 6h2M4.5 9h2" />
  </Icon>
);
export const SettingsIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7" />
    <circle cx="10.5" cy="4.5" r="1.5" />
    <circle cx="5.5" cy="11.5" r="1.5" />
  </Icon>
);
export const DispatchesIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M14 2L7 9M14 2L9.5 14 7 9 2 6.5z" />
  </Icon>
);
export const ReviewsIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M3.5 2h6l3 3v9h-9zM6 11.5V9M8 11.5V6.5M10 11.5V8" />
  </Icon>
);
export const AgentsIcon = (props: Props) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="5.5" />
    <path d="M8 5v3l2 1.5" />
  </Icon>
);
export const CheckIcon = (props: Props) => (
  <Icon strokeWidth="2" {...props}>
    <path d="M3 8.5l3.5 3.5L13 5" />
  </Icon>
);
export const CrossIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M4 4l8 8M12 4l-8 8" />
  </Icon>
);
export const ChevronDownIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M4 6l4 4 4-4" />
  </Icon>
);
export const SearchIcon = (props: Props) => (
  <Icon {...props}>
    <circle cx="7" cy="7" r="4.2" />
    <path d="M10.2 10.2L14 14" />
  </Icon>
);
export const ExternalIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M6 3H3v10h10v-3M9 3h4v4M13 3L7.5 8.5" />
  </Icon>
);
export const ClockIcon = (props: Props) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="5.5" />
    <path d="M8 5v3.2l2 1.3" />
  </Icon>
);
export const WarningIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M8 2.5L14.5 13.5h-13zM8 6.5v3.2M8 11.7v.1" />
  </Icon>
);
/** Stopped for now. */
export const HeldIcon = (props: Props) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="5.8" />
    <path d="M6.5 6v4M9.5 6v4" />
  </Icon>
);
export const QuestionIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M5.5 6a2.5 2.5 0 1 1 3.7 2.2C8.3 8.7 8 9.2 8 10M8 12.7v.1" />
  </Icon>
);
export const MinusIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M4 8h8" />
  </Icon>
);
export const StarIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M8 2.2l1.7 3.7 4 .5-3 2.7.8 4L8 11.1l-3.5 2 .8-4-3-2.7 4-.5z" />
  </Icon>
);
export const AlertsIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M4 11V7.2a4 4 0 0 1 8 0V11l1.3 1.5H2.7zM6.6 14.2h2.8" />
  </Icon>
);
export const TrendDownIcon = (props: Props) => (
  <Icon {...props}>
    <path d="M2 4l4 4 3-3 5 6M10 11h4V7" />
  </Icon>
);
export const SpinnerIcon = ({ className, ...props }: Props) => (
  <Icon className={`animate-spin ${className ?? ''}`} {...props}>
    <path d="M8 2.5a5.5 5.5 0 1 1-5.5 5.5" />
  </Icon>
);
export const SunIcon = (props: Props) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
  </Icon>
);
export const LogoIcon = (props: Props) => (
  <Icon viewBox="0 0 20 20" width="20" height="20" strokeWidth="2" {...props}>
    <path d="M3 17V9M8 17v-4M13 17V7M18 17V3" />
    <path d="M3 4l5 3 5-4" opacity=".45" />
  </Icon>
);
