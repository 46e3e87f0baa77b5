/** The component's own class and those that its user adds. */
export const classes = (...names) => names.filter(Boolean).join(' ');
