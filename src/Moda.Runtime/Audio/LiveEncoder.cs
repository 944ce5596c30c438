namespace Moda.Runtime.Audio;

/// <summary>What a live session needs to know of the audio encoder.</summary>
/// <param name="Normalizes">Whether it wants speech of zero mean and unit variance.</param>
/// <param name="WindowLength">Samples that its first convolution sees at once.</param>
/// <param name="TokenChannels">Channels of a token.</param>
internal readonly record struct LiveEncoder(bool Normalizes, int WindowLength, int TokenChannels);
