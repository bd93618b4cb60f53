/** Tab "Who Knows Whom": stakeholders in rows, colleagues in columns. */
export function render_matrix(wrapper, { frm, model, state }) {}
