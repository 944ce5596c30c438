namespace Moda.Runtime.Processes;

/// <summary>
/// The ffmpeg program of this machine: where it is, and how it is run. Arguments always travel as a list and never
/// through a shell, so any file name is safe.
/// </summary>
/// <remarks>
/// A file name that starts with <c>-</c> or contains a colon reads as an option or a protocol to ffmpeg: pass paths
/// through <see cref="FileArgument"/>.
/// </remarks>
internal sealed class Ffmpeg
{
    /// <summary>The environment variable that names the program when no path is given.</summary>
    public const string EnvironmentVariable = "MODA_FFMPEG";

    private Ffmpeg(string path) => Path = path;

    /// <summary>The program's full path.</summary>
    public string Path { get; }

    /// <summary>
    /// Finds ffmpeg: at <paramref name="path"/> when that is given, else where <c>MODA_FFMPEG</c> says, else on
    /// <c>PATH</c>. A place that was named and holds no program is an error; the next place is not tried.
    /// </summary>
    /// <param name="path">
    /// The path of a program or of a folder that holds it, with a separator in it, or a bare name to look up on <c>PATH</c>. Relative
    /// folders on <c>PATH</c> are passed over.
    /// </param>
    /// <exception cref="FfmpegNotFoundException">There is none; the message says how to install it.</exception>
    public static Ffmpeg Locate(string? path = null)
    {
        if (!string.IsNullOrWhiteSpace(path))
        {
            return new Ffmpeg(Resolve(path) ?? throw new FfmpegNotFoundException($"at '{path}'"));
        }
        string? named = Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (!string.IsNullOrWhiteSpace(named))
        {
            return new Ffmpeg(Resolve(named) ?? throw new FfmpegNotFoundException($"at '{named}' ({EnvironmentVariable})"));
        }
        return new Ffmpeg(Resolve("ffmpeg") ?? throw new FfmpegNotFoundException("on PATH"));
    }

    /// <summary>As <see cref="Locate"/>, with null where there is no ffmpeg.</summary>
    /// <param name="path">As in <see cref="Locate"/>.</param>
    public static Ffmpeg? TryLocate(string? path = null)
    {
        try
        {
            return Locate(path);
        }
        catch (FfmpegNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The form of a file's path that ffmpeg takes for nothing but a path, whatever its characters.</summary>
    /// <param name="path">A path, relative or absolute.</param>
    public static string FileArgument(string path) => "file:" + System.IO.Path.GetFullPath(path);

    /// <summary>Starts ffmpeg with its standard input and output open to the caller.</summary>
    /// <param name="activity">What is being done, as the start of an error message ("reading audio 'a.mp3'").</param>
    /// <param name="arguments">The arguments, one entry each; <c>-nostdin</c>, <c>-hide_banner</c> and a log level are added.</param>
    /// <exception cref="FfmpegException">The program could not be started.</exception>
    public FfmpegProcess Start(string activity, IEnumerable<string> arguments) =>
        FfmpegProcess.Start(Path, activity, ["-nostdin", "-hide_banner", "-loglevel", "error", .. arguments]);

    /// <summary>Runs ffmpeg to its end.</summary>
    /// <param name="activity">What is being done, as the start of an error message.</param>
    /// <param name="arguments">The arguments, one entry each; read <c>pipe:0</c> for <paramref name="input"/>, write <c>pipe:1</c> for <paramref name="output"/>.</param>
    /// <param name="input">Copied to ffmpeg's standard input; null for none.</param>
    /// <param name="output">Takes ffmpeg's standard output; null discards it.</param>
    /// <param name="cancellationToken">Kills the process and all its children.</param>
    /// <exception cref="FfmpegException">ffmpeg failed; the message carries what it wrote.</exception>
    public async Task RunAsync(
        string activity,
        IEnumerable<string> arguments,
        Stream? input = null,
        Stream? output = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await using FfmpegProcess process = Start(activity, arguments);
        // Killing closes both pipes, so the copies below end at once even where a pipe read cannot be cancelled.
        await using CancellationTokenRegistration killing = cancellationToken.Register(process.Kill);
        Task feeding = process.FeedAsync(input, cancellationToken);
        try
        {
            await process.StandardOutput.CopyToAsync(output ?? Stream.Null, cancellationToken).ConfigureAwait(false);
            await feeding.ConfigureAwait(false);
        }
        catch
        {
            process.Kill();
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        cancellationToken.ThrowIfCancellationRequested();
        await process.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    // A bare name is looked up on PATH only, and only in its absolute folders: the current directory may be anybody's.
    private static string? Resolve(string name)
    {
        string program = OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg";
        string file = OperatingSystem.IsWindows() && !System.IO.Path.HasExtension(name) ? name + ".exe" : name;
        if (System.IO.Path.GetDirectoryName(name) is { Length: > 0 } || System.IO.Path.IsPathRooted(name))
        {
            string inside = System.IO.Path.Combine(name, program);
            return IsProgram(file) ? System.IO.Path.GetFullPath(file) : IsProgram(inside) ? System.IO.Path.GetFullPath(inside) : null;
        }
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(System.IO.Path.IsPathFullyQualified)
            .Select(folder => System.IO.Path.Combine(folder, file))
            .FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string path)
    {
        const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Executable) != 0);
    }
}
