package ui

import "strconv"

// FieldModel is one input or text area: what stands in it, and what is wrong with it.
type FieldModel struct {
	ID           string // "" means FieldID(Name)
	Name, Label  string
	Value        string
	Type         string // "" means "text"
	Hint         string
	Error        string // "" means that nothing is wrong
	Autocomplete string
	InputMode    string
	Min, Max     string // for numbers and dates
	Pattern      string
	List         string // id of a datalist with what is known
	MaxLength    int    // characters, 0 for no limit in the browser
	Rows         int    // of a text area, 0 means 3
	Required     bool
	AutoFocus    bool
	Wide         bool // spans both columns
}

// SelectModel is one choice from a list.
type SelectModel struct {
	ID           string // "" means FieldID(Name)
	Name, Label  string
	Value        string // of the chosen option
	Hint, Error  string
	Autocomplete string
	Options      []Option
	Required     bool
	Wide         bool
}

// Option is one line of a list to choose from.
type Option struct{ Value, Label string }

// FieldError is one line of the summary above a form.
type FieldError struct {
	Field   string // id of the input that the line leads to; "" for none
	Message string
}

// FieldID is the id that Field, TextArea and Select give to an input with this name.
func FieldID(name string) string { return "f-" + name }

// described lists the ids of the texts that explain an input, for aria-describedby.
func described(id, hint, problem string) string {
	d := ""
	if hint != "" {
		d = id + "-hint"
	}
	if problem != "" {
		if d != "" {
			d += " "
		}
		d += id + "-error"
	}
	return d
}

// rows is the height of a text area in lines.
func (f FieldModel) rows() string {
	if f.Rows == 0 {
		return "3"
	}
	return strconv.Itoa(f.Rows)
}

// id is where the label and the error summary point.
func (f FieldModel) id() string { return or(f.ID, FieldID(f.Name)) }

// id is where the label and the error summary point.
func (s SelectModel) id() string { return or(s.ID, FieldID(s.Name)) }

// fieldClass lets a wide field span both columns.
func fieldClass(wide bool) string {
	if wide {
		return "field wide"
	}
	return "field"
}

// inputAttributes are what an input and a text area have in common; empty ones are left out.
func (f FieldModel) inputAttributes() map[string]any {
	a := map[string]any{}
	for name, value := range map[string]string{
		"autocomplete": f.Autocomplete, "inputmode": f.InputMode, "min": f.Min, "max": f.Max,
		"pattern": f.Pattern, "list": f.List, "aria-describedby": described(f.id(), f.Hint, f.Error),
	} {
		if value != "" {
			a[name] = value
		}
	}
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	return a
}
