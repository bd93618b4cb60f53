/** Tab "Scores and Next Steps". */
export function render_scores(wrapper, { frm, model, state }) {}
