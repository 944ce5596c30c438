namespace Moda.Runtime.Processes;

/// <summary>
/// Finds and runs the ffmpeg program of this machine. Arguments are passed as a list and never through a shell, so every file name is safe.
/// </summary>
/// <remarks>
/// ffmpeg reads a file name that starts with <c>-</c> as an option, and one with a colon as a protocol. Therefore pass paths through <see
/// cref="FileArgument"/>.
/// </remarks>
internal sealed class Ffmpeg
{
    /// <summary>The environment variable with ffmpeg's path. It is used when no path is given.</summary>
    public const string EnvironmentVariable = "MODA_FFMPEG";

    private Ffmpeg(string path) => Path = path;

    /// <summary>The program's full path.</summary>
    public string Path { get; }

    /// <summary>
    /// Finds ffmpeg. It uses <paramref name="path"/> when that is given, otherwise the variable <c>MODA_FFMPEG</c> when that is set,
    /// otherwise <c>PATH</c>. When the first of these that is set leads to no program, that is an error; the others are not tried.
    /// </summary>
    /// <param name="path">
    /// The path of the program or of its folder (with a separator in it), or a bare name, which is looked up on <c>PATH</c>. Relative
    /// folders on <c>PATH</c> are ignored.
    /// </param>
    /// <exception cref="FfmpegNotFoundException">ffmpeg was not found. The message says how to install it.</exception>
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

    /// <summary>Finds ffmpeg as <see cref="Locate"/> does, but returns null when it is not found.</summary>
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

    /// <summary>Writes a path so that ffmpeg reads it as a file, whatever characters it contains.</summary>
    /// <param name="path">A path, relative or absolute.</param>
    public static string FileArgument(string path) => "file:" + System.IO.Path.GetFullPath(path);

    /// <summary>Starts ffmpeg with its standard input and output open to the caller.</summary>
    /// <param name="activity">The current action, which starts an error message ("reading audio 'a.mp3'").</param>
    /// <param name="arguments">The arguments, one entry each; <c>-nostdin</c>, <c>-hide_banner</c> and a log level are added.</param>
    /// <exception cref="FfmpegException">The program could not be started.</exception>
    public FfmpegProcess Start(string activity, IEnumerable<string> arguments) =>
        FfmpegProcess.Start(Path, activity, ["-nostdin", "-hide_banner", "-loglevel", "error", .. arguments]);

    /// <summary>Runs ffmpeg to its end.</summary>
    /// <param name="activity">The current action, which starts an error message.</param>
    /// <param name="arguments">The arguments, one entry each; read <c>pipe:0</c> for <paramref name="input"/>, write <c>pipe:1</c> for <paramref name="output"/>.</param>
    /// <param name="input">A stream that is copied to ffmpeg's standard input; null for none.</param>
    /// <param name="output">Receives ffmpeg's standard output. Null discards it.</param>
    /// <param name="cancellationToken">Kills the process and all its children.</param>
    /// <exception cref="FfmpegException">ffmpeg failed. The message contains what it wrote to standard error.</exception>
    public async Task RunAsync(
        string activity,
        IEnumerable<string> arguments,
        Stream? input = null,
        Stream? output = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await using FfmpegProcess process = Start(activity, arguments);
        // Killing the process closes both pipes. The copies below then end at once, also on systems where a pipe read cannot be cancelled.
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

    // A bare name is looked up only on PATH, and only in absolute folders, because others may have written to the current directory.
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
