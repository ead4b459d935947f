package lab

// story is what one tenant's data tells: all names and texts are invented and occur in one tenant only.
type story struct {
	key, code, company, legal, city, domain, prefix, country, footer   string
	people                                                             []person
	clients                                                            []customer
	projects, invoices, tickets, sites                                 []note
	documents                                                          []paper
	comments, notices, audit, surnames                                 []string
	exported, invited, welcome, receivables, ageing, forecast, outlook string
}

type (
	person struct {
		user, name, role, job, bio string
		token                      bool
	}
	customer struct{ name, contact, domain, notes string }
	note     struct{ name, text string }
	paper    struct{ slug, name, text, body string }
	item     struct {
		slug, name, text string
		price            float64
	}
)

var stories = []story{acme, globex}

var acme = story{
	key: "acme", code: "AC", company: "Acme Marine Engineering", legal: "Acme Marine Engineering BV", city: "Rotterdam", domain: "acme.test", prefix: "+31 10", country: "NL",
	footer: "Payable within 30 days to the Maashaven account of Acme Marine.",
	people: []person{
		{user: "alice", name: "Alice Verbruggen", role: "admin", job: "Office manager", bio: "Keeps the dry dock calendar and the coffee machine running."},
		{user: "amir", name: "Amir Haddadi", role: "member", job: "Naval architect", bio: "Draws hulls by day and repairs accordions by night."},
		{user: "vera", name: "Vera Lindqvist", role: "viewer", job: "Bookkeeper", bio: "Reads every ledger twice, the second time aloud."},
		{user: "otto", name: "Otto van Rijn", role: "owner", job: "Managing director", bio: "Third van Rijn to sign for the slipway on the Maas."},
		{user: "dora", name: "Dora Klaassen", role: "member", job: "Temporary planner", bio: "Fills in for the planning desk until the summer."},
	},
	surnames: []string{"Terpstra", "Hoekzema", "Dijkgraaf", "Scholten"},
	clients: []customer{
		{"Harbour Light Ferries", "Marijke", "harbourlight.test", "Pays late every August; Otto agreed to 45 days by handshake in Vlissingen."},
		{"Delfshaven Pilots Guild", "Ruben", "pilotsguild.test", "Renewal hinges on the new thruster quote, keep Brandaris out of the loop."},
		{"North Sea Survey Group", "Annelies", "nssurvey.test", "Their skipper wants the winch contract split so that the board does not see it."},
	},
	projects: []note{
		{"Harbour crane retrofit", "Replace both slewing gears before the grain season, night shifts only, budget ceiling known to Otto."},
		{"Ferry gangway rebuild", "Aluminium gangway for the Maasvlakte berth; the insurer must not hear of the March incident yet."},
		{"Survey winch overhaul", "Strip, blast and rewind the deep-tow winch; spare drum is hidden in shed nine."},
	},
	invoices: []note{
		{"Slewing gear, first instalment", "Discount of eleven per cent promised to Marijke on the phone, do not print it."},
		{"Gangway engineering hours", "Ruben disputes fourteen hours; concede six of them if he calls before Friday."},
		{"Winch drum balancing", "Invoice twice split so that each half stays below the guild's approval limit."},
		{"Dry dock standby, week nine", "Charged at the storm rate although the storm never came ashore."},
	},
	tickets: []note{
		{"Crane drawings show the wrong boom", "Sheet twelve still carries the 1987 boom; onboarding binder needs the same fix."},
		{"Ferry skipper locked out of reports", "Marijke's deputy cannot open the tide report since the phone was stolen in Hoek."},
		{"Winch certificate expired quietly", "Lloyd's stamp ran out on the second; nobody outside the shed may know before the survey."},
	},
	comments: []string{"Called the pattern shop, the boom sheet arrives on Tuesday with Joris.", "Reset done, the deputy signs in with the spare tablet from the wheelhouse."},
	documents: []paper{
		{"crane-method-statement.txt", "Method statement for the crane retrofit", "How the slewing gear comes off without closing the quay", "Lift between two tides, spreader bar from shed four, Joris signs each pin."},
		{"gangway-soil-report.txt", "Soil report below the gangway", "Borehole results that the insurer has not asked for", "Borehole three hit peat at eleven metres, which moves the pile line east."},
	},
	sites:    []note{{"Maashaven quay 14", "Gate code is with Joris, ring the bell by the blue container."}, {"Hoek van Holland berth 2", "Only by boat after ten, the watchman's name is Evert."}},
	notices:  []string{"Marijke opened the slewing gear invoice twice this morning.", "The gangway budget passed its second warning line."},
	audit:    []string{"Took the quarter's invoices out for the accountant in Schiedam.", "Moved the payment account to the Maashaven branch."},
	exported: "Ledger for the accountant in Schiedam", invited: "sietske.postma", welcome: "Sietske, the shed keys are with Joris, start on the ferry ledger.",
	receivables: "Harbour Light owes for two dockings, Otto will not send reminders before the regatta.", ageing: "One claim of the pilots is older than ninety days and quietly written down.",
	forecast: "Crane work fills the yard until October, then only the winch remains.", outlook: "The board expects a thin winter unless the ferry contract is renewed.",
}

var globex = story{
	key: "globex", code: "GX", company: "Globex Clinical Supply", legal: "Globex Clinical Supply GmbH", city: "Freiburg", domain: "globex.test", prefix: "+49 761", country: "DE",
	footer: "Transfers to the Schwarzwald account, quoting the ward number please.",
	people: []person{
		{user: "bob", name: "Bob Ostermann", role: "admin", job: "Head of dispatch", bio: "Once drove a dialysis machine over the pass in a snowstorm."},
		{user: "zoe", name: "Zoe Adebayo", role: "member", job: "Device trainer", bio: "Teaches night nurses to calm infusion pumps and each other."},
		{user: "gus", name: "Gus Pfeiffer", role: "owner", job: "Founder", bio: "Founded the firm in a garage behind the eye clinic.", token: true},
		{user: "wanda", name: "Wanda Kessler", role: "viewer", job: "Auditor", bio: "Counts syringes on Thursdays and choir members on Sundays."},
		{user: "dirk", name: "Dirk Zimmer", role: "member", job: "Temporary driver", bio: "Drives the southern route while Paula is on leave."},
	},
	surnames: []string{"Baumgartner", "Schwendemann", "Oberle", "Faller"},
	clients: []customer{
		{"Saint Odilia Hospital", "Friederike", "odilia.test", "Ward seven returns half of each delivery, the matron must not learn who told us."},
		{"Dreisam Dialysis Centre", "Konrad", "dreisam-dialysis.test", "Konrad signs only after his golf round; price list B was shown to him by mistake."},
		{"Kaiserstuhl Veterinary Clinic", "Lioba", "kaiserstuhl-vet.test", "Uses the human infusion pumps for foals, legal wants nothing in writing."},
	},
	projects: []note{
		{"Infusion pump rollout", "Sixty pumps for ward seven, firmware held back until the recall notice is settled."},
		{"Dialysis water upgrade", "Second osmosis line for the Dreisam centre, to be done while Konrad is on holiday."},
		{"Foal monitor trial", "Six neonatal monitors lent to the stable; return dates are kept out of the ledger."},
	},
	invoices: []note{
		{"Infusion pumps, batch one", "Friederike gets the teaching-hospital rebate although the contract ended in May."},
		{"Osmosis membranes, spring order", "Shipped from the recalled lot, credit note is prepared but not yet sent."},
		{"Monitor rental, second month", "Lioba pays in cash at the stable door, receipt follows at the year's end."},
		{"Nurse training, three evenings", "Zoe waived the fourth evening, do not tell the other wards about it."},
	},
	tickets: []note{
		{"Pump alarm cannot be silenced", "Bed four beeps since the firmware test; onboarding sheet for the night shift is outdated."},
		{"Water line shows traces of chlorine", "Konrad's technician measured twice, the centre's director has not been told."},
		{"Monitor returned with hoof marks", "Casing cracked by the grey mare; Lioba offers wine in place of a repair fee."},
	},
	comments: []string{"Spare alarm board leaves with the Friday van, Paula carries it by hand.", "Carbon filter swapped at dawn, the second sample is with the Basel lab."},
	documents: []paper{
		{"pump-recall-memo.txt", "Memo on the pump recall", "What may be said about the recall before the notice is out", "Say nothing of lot 88 until the regulator in Stuttgart has answered our letter."},
		{"osmosis-test-protocol.txt", "Test protocol of the osmosis line", "Readings that the director has not seen so far", "Sample two exceeded the limit for eleven minutes at four in the morning."},
	},
	sites:    []note{{"Odilia loading bay", "Porter Egon opens after two short rings, never before six."}, {"Stable behind the vineyard", "Follow the gravel road, the dog is called Hektor and means it."}},
	notices:  []string{"Friederike asked for the rebate letter a third time.", "The osmosis order waits for Konrad's signature."},
	audit:    []string{"Printed the rebate list for the meeting in Emmendingen.", "Switched the bank details to the Schwarzwald branch."},
	exported: "Rebate list for the Emmendingen meeting", invited: "korbinian.ruf", welcome: "Korbinian, please begin with ward seven and never mention lot 88.",
	receivables: "Saint Odilia holds back the May payment until ward seven is quiet again.", ageing: "The stable has paid nothing on paper since the autumn fair.",
	forecast: "Pump sales stop with the recall and come back after Epiphany.", outlook: "Without the dialysis line the year closes just above water.",
}

var catalogue = []item{
	{"portal-seat", "Portal seat", "One named user of the client portal for a month.", 12},
	{"document-archive", "Document archive", "Ten years of storage for signed documents.", 49},
	{"priority-support", "Priority support", "A named engineer answers within two hours.", 120},
}
