namespace Moda.Runtime;

/// <summary>The memory that an engine holds at one moment, in bytes.</summary>
/// <param name="Parameters">On the device: the networks' weights. All clips share them.</param>
/// <param name="Activations">On the device: what planned forwards compute in. It does not grow with the number of clips.</param>
/// <param name="Portraits">On the device: prepared portraits.</param>
/// <param name="Clips">On the host: frame buffers, speech and motion of the clips that are being made. Clips hold no memory on the device.</param>
/// <param name="PortraitCount">Prepared portraits that a clip uses or that were not disposed.</param>
/// <param name="ClipCount">Clips that are being made.</param>
public sealed record EngineMemory(long Parameters, long Activations, long Portraits, long Clips, int PortraitCount, int ClipCount);
