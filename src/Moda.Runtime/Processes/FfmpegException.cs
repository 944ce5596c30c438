using Moda.Weights;

namespace Moda.Runtime.Processes;

/// <summary>ffmpeg failed, or ended before it had read all its input.</summary>
/// <remarks>The message contains the action and the last lines that ffmpeg wrote. The properties have the details.</remarks>
public class FfmpegException : ModaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was being done, what was found, what to do.</param>
    /// <param name="exitCode">ffmpeg's exit status; null when it did not run to its end.</param>
    /// <param name="standardError">The last lines that ffmpeg wrote to standard error.</param>
    /// <param name="innerException">The exception that caused this one; null for none.</param>
    public FfmpegException(string message, int? exitCode = null, string standardError = "", Exception? innerException = null)
        : base(message, innerException)
    {
        ExitCode = exitCode;
        StandardError = standardError;
    }

    /// <summary>ffmpeg's exit status; null when it did not run to its end.</summary>
    public int? ExitCode { get; }

    /// <summary>The last lines that ffmpeg wrote to standard error.</summary>
    public string StandardError { get; }
}

/// <summary>ffmpeg was not found. The message says where it was looked for and how to install it.</summary>
public sealed class FfmpegNotFoundException : FfmpegException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="looked">Where ffmpeg was looked for, as part of a sentence ("on PATH").</param>
    public FfmpegNotFoundException(string looked)
        : base($"ffmpeg was not found {looked}. {InstallHint} Or point {Ffmpeg.EnvironmentVariable} at the program. "
            + "Without it, WAV files are read, and frames are written to a folder or as .y4m.")
    {
    }

    private static string InstallHint =>
        OperatingSystem.IsWindows() ? "Install it with 'winget install ffmpeg'."
        : OperatingSystem.IsMacOS() ? "Install it with 'brew install ffmpeg'."
        : "Install it with 'apt install ffmpeg' or your distribution's package manager.";
}
