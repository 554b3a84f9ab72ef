"""Entries taken by index; shapes, parts, copies."""

from __future__ import annotations

from retrograd.derivatives.table.rows import row

ROWS = (
    # ---------------------------------------------------------------- entries taken by index
    row(
        "EmbeddingBackward0",
        "embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False,"
        " bool sparse=False) -> Tensor",
        "take(weight, rows(weight, indices))",
        unless="scale_grad_by_freq or sparse",
        weight="scatter(G, rows(weight, indices), weight) if padding_idx < 0 else"
        " scatter(where(unsqueeze(indices == padding_idx, -1), 0, G), rows(weight, indices), weight)",
    ),
    row(
        "IndexBackward0",
        "index.Tensor(Tensor self, Tensor?[] indices) -> Tensor",
        "index(self, indices)",
        self="scatter(G, index(numbering(self), indices), self)",
    ),
    row(
        "IndexSelectBackward0",
        "index_select(Tensor self, int dim, Tensor index) -> Tensor",
        "index_select(self, dim, index)",
        self="scatter(G, layers(self, dim, index), self)",
    ),
    row(
        "GatherBackward0",
        "gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
        "gather(self, dim, index)",
        self="scatter(G, along(self, dim, index), self)",
    ),
    row(
        "MaskedSelectBackward0",
        "masked_select(Tensor self, Tensor mask) -> Tensor",
        "take(self, index(numbering(self), [mask]))",
        unless="shape(self) != shape(mask)",
        self="scatter(G, index(numbering(self), [mask]), self)",
    ),
    row(
        "IndexPutBackward0",
        "index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
        "self + scatter(copies(values, at), at, self) if accumulate else put(self, at, values)",
        given={"at": "index(numbering(self), indices)"},
        self="G if accumulate else cleared(G, at)",
        values="take(G, at)",
    ),
    row(
        "IndexAddBackward0",
        "index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor",
        "self + alpha * scatter(source, layers(self, dim, index), self)",
        self="G",
        source="alpha * index_select(G, dim, index)",
    ),
    row(
        "IndexCopyBackward0",
        "index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor",
        "put(self, layers(self, dim, index), source)",
        self="cleared(G, layers(G, dim, index))",
        source="index_select(G, dim, index)",
    ),
    row(
        "IndexFillBackward0",
        "index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
        "put(self, layers(self, dim, index), copies(value, layers(self, dim, index)))",
        self="cleared(G, layers(G, dim, index))",
    ),
    row(
        "ScatterBackward0",
        "scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
        "put(self, along(self, dim, index), src)",
        unless="shape(index) != shape(src)",
        self="cleared(G, along(G, dim, index))",
        src="gather(G, dim, index)",
    ),
    row(
        "ScatterBackward1",
        "scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
        "put(self, along(self, dim, index), copies(value, index))",
        self="cleared(G, along(G, dim, index))",
    ),
    row(
        "ScatterAddBackward0",
        "scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
        "self + scatter(src, along(self, dim, index), self)",
        unless="shape(index) != shape(src)",
        self="G",
        src="gather(G, dim, index)",
    ),
    # ---------------------------------------------------------------- shapes, parts, copies
    row(
        "CloneBackward0",
        "clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
        "self",
        self="G",
    ),
    row("AliasBackward0", "alias(Tensor(a) self) -> Tensor(a)", "self", self="G"),
    row(
        "ToCopyBackward0",
        "_to_copy(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None,"
        " bool? pin_memory=None, bool non_blocking=False, MemoryFormat? memory_format=None) -> Tensor",
        "rounded(self)",
        self="rounded(G)",
    ),
    row(
        "ViewBackward0",
        "view(Tensor(a) self, SymInt[] size) -> Tensor(a)",
        "reshape(self, size)",
        self="reshape(G, self)",
    ),
    row(
        "UnsafeViewBackward0",
        "_unsafe_view(Tensor self, SymInt[] size) -> Tensor",
        "reshape(self, size)",
        self="reshape(G, self)",
    ),
    row(
        "ReshapeAliasBackward0",
        "_reshape_alias(Tensor(a) self, SymInt[] size, SymInt[] stride) -> Tensor(a)",
        "reshape(self, size)",
        self="reshape(G, self)",
    ),
    row(
        "ExpandBackward0",
        "expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
        "expand(self, size)",
        self="sum_to(G, self)",
    ),
    row("TBackward0", "t(Tensor(a) self) -> Tensor(a)", "T(self)", self="T(G)"),
    row(
        "TransposeBackward0",
        "transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
        "transpose(self, dim0, dim1)",
        self="transpose(G, dim0, dim1)",
    ),
    row(
        "PermuteBackward0",
        "permute(Tensor(a) self, int[] dims) -> Tensor(a)",
        "permute(self, dims)",
        self="inverse_permute(G, dims)",
    ),
    row(
        "UnsqueezeBackward0",
        "unsqueeze(Tensor(a) self, int dim) -> Tensor(a)",
        "unsqueeze(self, dim)",
        self="reshape(G, self)",
    ),
    row("SqueezeBackward0", "squeeze(Tensor(a) self) -> Tensor(a)", "squeeze(self)", self="reshape(G, self)"),
    row(
        "SqueezeBackward1",
        "squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)",
        "squeeze(self, dim)",
        self="reshape(G, self)",
    ),
    row(
        "SqueezeBackward2",
        "squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
        "squeeze(self, dim)",
        self="reshape(G, self)",
    ),
    row("SqueezeBackward3", "squeeze_(Tensor(a!) self) -> Tensor(a!)", "squeeze(self)", self="reshape(G, self)"),
    row(
        "SqueezeBackward4",
        "squeeze_.dim(Tensor(a!) self, int dim) -> Tensor(a!)",
        "squeeze(self, dim)",
        self="reshape(G, self)",
    ),
    row(
        "SliceBackward0",
        "slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)",
        "slice_(self, dim, start, end, step)",
        self="scatter(G, slice_(numbering(self), dim, start, end, step), self)",
    ),
    row(
        "SelectBackward0",
        "select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)",
        "select(self, dim, index)",
        self="scatter(G, select(numbering(self), dim, index), self)",
    ),
    row(
        "UnbindBackward0",
        "unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]",
        "unbind(self, dim)",
        self="stack(Gs, dim)",
    ),
    row(
        "SplitBackward0",
        "split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]",
        "split(self, split_size, dim)",
        self="cat(Gs, dim)",
    ),
    row(
        "UnsafeSplitBackward0",
        "unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]",
        "split(self, split_size, dim)",
        self="cat(Gs, dim)",
    ),
    row(
        "SplitWithSizesBackward0",
        "split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]",
        "split(self, split_sizes, dim)",
        self="cat(Gs, dim)",
    ),
    row(
        "CatBackward0",
        "cat(Tensor[] tensors, int dim=0) -> Tensor",
        "cat(tensors, dim)",
        tensors="cut(G, tensors, dim)",
    ),
    row(
        "StackBackward0",
        "stack(Tensor[] tensors, int dim=0) -> Tensor",
        "stack(tensors, dim)",
        tensors="unbind(G, dim)",
    ),
    row(
        "DiagonalBackward0",
        "diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)",
        "diagonal(self, offset, dim1, dim2)",
        self="scatter(G, diagonal(numbering(self), offset, dim1, dim2), self)",
    ),
    row(
        "UnfoldBackward0",
        "unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)",
        "unfold(self, dimension, size, step)",
        self="scatter(G, unfold(numbering(self), dimension, size, step), self)",
    ),
    row(
        "RepeatBackward0",
        "repeat(Tensor self, SymInt[] repeats) -> Tensor",
        "repeat(self, repeats)",
        self="scatter(G, repeat(numbering(self), repeats), self)",
    ),
    row("FlipBackward0", "flip(Tensor self, int[] dims) -> Tensor", "flip(self, dims)", self="flip(G, dims)"),
    row(
        "RollBackward0",
        "roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor",
        "roll(self, shifts, dims)",
        self="scatter(G, roll(numbering(self), shifts, dims), self)",
    ),
    row(
        "TrilBackward0",
        "tril(Tensor self, SymInt diagonal=0) -> Tensor",
        "tril(self, diagonal)",
        self="tril(G, diagonal)",
    ),
    row(
        "TriuBackward0",
        "triu(Tensor self, SymInt diagonal=0) -> Tensor",
        "triu(self, diagonal)",
        self="triu(G, diagonal)",
    ),
    row("ZeroBackward0", "zero_(Tensor(a!) self) -> Tensor(a!)", "zeros(self)", self="0 * G"),
    row(
        "FillBackward2",
        "fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)",
        "zeros(self) + value",
        self="0 * G",
    ),
)
