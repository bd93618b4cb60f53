const api = (name) => `kam_erpnext.api.call_calendar.${name}`;

frappe.ui.form.on("Call Calendar", {
	refresh(frm) {
		const mine = frm.doc.user === frappe.session.user;
		frm.trigger("show_address");
		if (frm.is_new()) return;
		if (!mine) frm.disable_save();
		if (mine) {
			frm.add_custom_button(frm.doc.feed_active ? __("New Address") : __("Make Address"), () =>
				frm.events.renew(frm)
			);
		}
		if (frm.doc.feed_active) {
			frm.add_custom_button(__("End Address"), () => frm.events.revoke(frm));
		}
	},

	// before the first address: what it is for; afterwards how to subscribe. The address itself is shown once.
	show_address(frm) {
		const wrapper = frm.fields_dict.feed_html.$wrapper.empty();
		const told = frm.doc.feed_active
			? __(
					"Your calendar program reads your calls under a secret address. It was shown when it was made; whoever knows it can read the calls, without logging in. If you have lost it, or somebody else knows it, make a new one: the old one then ends."
			  )
			: __(
					"Your calendar program (Outlook, Google Calendar, Apple Calendar, Thunderbird, your phone) can show your calls. Save this page and press Make Address, then subscribe to that address in the program."
			  );
		$("<p>").addClass("text-muted").css("max-width", "72ch").text(told).appendTo(wrapper);
	},

	async renew(frm) {
		if (frm.is_dirty()) await frm.save();
		const make = async () => {
			const { message } = await frappe.call({
				method: api("renew"),
				type: "POST",
				args: { calendar: frm.doc.name },
				freeze: true,
			});
			await frm.reload_doc();
			frm.events.tell(message);
		};
		if (!frm.doc.feed_active) return make();
		frappe.confirm(
			__("The address used so far ends. Every program that reads it must be given the new one. Go on?"),
			make
		);
	},

	revoke(frm) {
		frappe.confirm(__("The address ends at once, and no program can read the calls any more. Go on?"), async () => {
			const { message } = await frappe.call({
				method: api("revoke"),
				type: "POST",
				args: { calendar: frm.doc.name },
				freeze: true,
			});
			frappe.show_alert({ message: message.message, indicator: "green" });
			frm.reload_doc();
		});
	},

	tell({ address, webcal, message }) {
		const dialog = new frappe.ui.Dialog({
			title: __("Address of Your Calls"),
			size: "large",
			fields: [
				{ fieldtype: "HTML", fieldname: "text" },
				{
					fieldtype: "Small Text",
					fieldname: "address",
					label: __("Address"),
					default: address,
				},
				{ fieldtype: "HTML", fieldname: "steps" },
			],
			primary_action_label: __("Copy"),
			primary_action: () => frappe.utils.copy_to_clipboard(address),
			secondary_action_label: __("Open in Calendar Program"),
			secondary_action: () => window.open(webcal, "_self"),
		});
		$("<p>").text(message).appendTo(dialog.fields_dict.text.$wrapper);
		const steps = [
			[__("Outlook"), __("Add Calendar › Subscribe from Web, paste the address.")],
			[__("Google Calendar"), __("Other calendars › + › From URL, paste the address.")],
			[
				__("Apple Calendar, iPhone"),
				__("File › New Calendar Subscription; on the iPhone Settings › Calendar › Accounts › Add › Other."),
			],
			[__("Thunderbird"), __("New Calendar › On the Network, paste the address.")],
		];
		const list = $("<ul>").addClass("text-muted").css("padding-left", "18px");
		for (const [program, text] of steps) {
			$("<li>").append($("<b>").text(`${program}: `), document.createTextNode(text)).appendTo(list);
		}
		list.appendTo(dialog.fields_dict.steps.$wrapper);
		dialog.show();
		dialog.fields_dict.address.$input
			?.attr("readonly", true)
			.css("height", "72px")
			.on("focus", (event) => event.target.select());
	},
});
