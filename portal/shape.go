package portal

// kind is what sort of value a shape describes.
type kind int

const (
	kindText kind = iota
	kindNumber
	kindBool
	kindMapping // known keys
	kindNamed   // free names, each with a value of one shape
	kindList    // or one element alone
	kindEither  // any of several shapes
	kindAny     // whatever was written
)

// shape describes a value for the JSON Schema and the reference page.
type shape struct {
	kind    kind
	word    string   // how the reference names it
	pattern string   // of a text
	words   []string // the only texts there are
	fields  []field  // of a mapping
	open    bool     // a mapping that may hold further plain values
	of      *shape   // of elements
	either  []*shape
}

// field is one key of a mapping.
type field struct {
	name     string
	about    string
	fallback string
	required bool
	shape    *shape
}
