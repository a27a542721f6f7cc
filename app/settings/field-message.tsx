/** What is wrong with a field, in the place of its hint, read out when it appears. */
export function FieldMessage({ children }: { children: string }) {
  return (
    <span role="alert" className="text-red">
      {children}
    </span>
  );
}
