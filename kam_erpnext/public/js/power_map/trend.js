/** Chart of the snapshots, `state.trend`. */
export async function render_trend(wrapper, rows) {}
