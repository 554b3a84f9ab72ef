"""The errors of retrograd, drawn as a tree.

RetrogradError
├── FileError               a file cannot be written or read as a recording
│   ├── ForeignFileError    it is no recording at all
│   ├── DamagedFileError    it is a recording, but its bytes are not what was written
│   └── FutureVersionError  it was written by a newer retrograd
├── NotKeptError            the recording does not hold the value that was asked for
├── NotReproducibleError    a program cannot be executed, or does not arrive at the recorded values
├── NestedRecordingError    record() was entered while another recording is running
├── NameUnknownError        no parameter, gradient or value of this name was recorded
├── ShapeError              a value does not fit where it was to stand
├── BeyondRecordingError    a change leads to where the recording does not say what the script would do
└── RefusedError            what the viewer was asked for is not a request that can be carried out

Every message says what was expected, what was there and what to do next.
"""


class RetrogradError(Exception):
    """Any error that retrograd raises on purpose."""


class FileError(RetrogradError):
    """A file cannot be written or read as a recording."""


class ForeignFileError(FileError):
    """The file is no recording."""


class DamagedFileError(FileError):
    """The file is a recording whose bytes are not the ones that were written."""


class FutureVersionError(FileError):
    """The file was written in a newer format than this retrograd reads."""


class NotKeptError(RetrogradError):
    """The recording does not hold this value; the message says what was kept."""


class NotReproducibleError(RetrogradError):
    """A program cannot be executed, or does not arrive at the recorded values."""


class NestedRecordingError(RetrogradError):
    """record() was entered while another recording is running."""


class NameUnknownError(RetrogradError):
    """No parameter, gradient or value of this name was recorded."""


class ShapeError(RetrogradError):
    """A value has another shape or kind than what it was to stand for."""


class BeyondRecordingError(RetrogradError):
    """A change leads to where the recording does not say what the script would do."""


class RefusedError(RetrogradError):
    """What the viewer was asked for cannot be carried out."""
