namespace Moda.Runtime;

/// <summary>Memory that an engine holds at a moment, in bytes.</summary>
/// <param name="Parameters">Of the device: the networks' weights, once whatever the number of clips.</param>
/// <param name="Activations">Of the device: the activations of planned forwards. It does not grow with the number of clips.</param>
/// <param name="Portraits">Of the device: prepared portraits.</param>
/// <param name="Clips">Of the host: frame buffers, speech and motion of the clips at work. Clips hold no memory of the device.</param>
/// <param name="PortraitCount">Prepared portraits that are in use or were not disposed.</param>
/// <param name="ClipCount">Clips at work.</param>
public sealed record EngineMemory(long Parameters, long Activations, long Portraits, long Clips, int PortraitCount, int ClipCount);
