namespace Moda.Kernels.Tests.Cuda.Abi;

/// <summary>A field of a structure, with the fields of structures and arrays inside it taken apart.</summary>
/// <param name="Name">Its path, in lower case without underscores: <c>part[1].inputstride</c>.</param>
/// <param name="Offset">Bytes from the structure's start.</param>
/// <param name="Size">Bytes.</param>
internal sealed record FieldLayout(string Name, int Offset, int Size);

/// <summary>A structure's size and all its fields.</summary>
internal sealed record StructureLayout(int Size, IReadOnlyList<FieldLayout> Fields);
