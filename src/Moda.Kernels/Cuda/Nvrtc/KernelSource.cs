namespace Moda.Kernels.Cuda.Nvrtc;

/// <summary>A text that kernels are written in.</summary>
/// <param name="Name">Its file name: <c>attention.cu</c>, <c>common.cuh</c>.</param>
/// <param name="Text">Its content.</param>
internal sealed record SourceFile(string Name, string Text);

/// <summary>A translation unit and every header that it includes, directly or not.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Headers">The headers, sorted by name.</param>
internal sealed record KernelSource(SourceFile Unit, IReadOnlyList<SourceFile> Headers);
