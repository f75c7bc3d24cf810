package docprogram

// A program of the documentation is told where to listen by one more file. That is the same in each
// run, so that what is compiled and linked already serves the next one.
const (
	// Address is the variable that a program has instead of its address.
	Address = "addressOfTheTest"

	// AddressVariable is the environment's variable that has it.
	AddressVariable = "WAFER_TEST_ADDRESS"

	// AddressFile is the file's name, and AddressSource what it contains.
	AddressFile   = "address.go"
	AddressSource = "package main\n\nimport \"os\"\n\nvar " + Address + " = os.Getenv(\"" + AddressVariable + "\")\n"
)
