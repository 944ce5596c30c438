using Moda.Runtime.Audio;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>What a service is asked for.</summary>
/// <param name="Portrait">A file of a picture.</param>
/// <param name="Voice">A file of sound.</param>
/// <param name="Speech">What is heard in it.</param>
/// <param name="Clips">Clips, one after another; 0 for none.</param>
/// <param name="Live">Live sockets at once; 0 for none.</param>
/// <param name="Seconds">How long each live socket speaks.</param>
/// <param name="Poses">Poses; 0 for none.</param>
/// <param name="Advance">Frames by which live motion advances; null for the service's.</param>
/// <param name="Steps">Denoising steps; null for the service's.</param>
internal sealed record ServiceLoad(byte[] Portrait, byte[] Voice, Waveform Speech, int Clips, int Live, double Seconds, int Poses, int? Advance, int? Steps);
