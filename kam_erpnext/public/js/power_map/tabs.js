import { render_matrix } from "./matrix";
import { privacy_buttons } from "./privacy";
import { render_scores } from "./scores";
import { version_buttons } from "./versions";

/**
 * Everything of the form beside the drawing: the tabs with the matrix and the scores, and the buttons for versions and
 * privacy. To be called at every refresh with `{frm, model, state}`; `state` is the answer of api.power_map.state.
 */
export function show_tabs(context) {
	const { frm } = context;
	if (frm.is_new()) return;
	render_matrix(frm.get_field("matrix").$wrapper[0], context);
	render_scores(frm.get_field("scores").$wrapper[0], context);
	version_buttons(context);
	privacy_buttons(context);
}
