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
├── RefusedError            what the viewer was asked for is not a request that can be carried out
├── LessonError             the lesson cannot go on; says what to do
└── SweepError              a sweep cannot be made as it was asked for
    ├── DimensionError      the values of a dimension make no sense, or are none
    ├── NotSweepableError   the recorded loop cannot be run with other numbers; says which line and why
    └── ForeignStoreError   the store holds another sweep, or something else

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


class LessonError(RetrogradError):
    """The lesson cannot go on as it was asked for; the message says what to do."""


class SweepError(RetrogradError):
    """A sweep cannot be made as it was asked for."""


class DimensionError(SweepError):
    """The values of a dimension make no sense, or there are none."""


class NotSweepableError(SweepError):
    """The recorded loop cannot be run with other numbers; the message says which line and why."""


class ForeignStoreError(SweepError):
    """The store holds another sweep, or something else. Nothing in it was changed."""
