using System.Diagnostics;

namespace Moda.Testing;

/// <summary>One run of the command line in a process of its own, as a user runs it. It lies beside tests whose project refers to it.</summary>
/// <param name="ExitCode">What the process returned.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    private static readonly string Application = Path.Combine(AppContext.BaseDirectory, "moda.dll");

    /// <summary>The lines of standard error that say why the command failed.</summary>
    public string[] Complaints => [.. Error.Split('\n').Where(line => line.StartsWith("moda:", StringComparison.Ordinal))];

    /// <summary>Runs the command line to its end.</summary>
    public static Task<CommandRun> Of(params string[] arguments) => Of(_ => { }, arguments);

    /// <summary>Runs the command line to its end, in another folder or environment.</summary>
    public static async Task<CommandRun> Of(Action<ProcessStartInfo> configure, params string[] arguments)
    {
        using Process process = Start(configure, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CommandRun(process.ExitCode, await output, await error);
    }

    /// <summary>Starts the command line.</summary>
    public static Process Start(params string[] arguments) => Start(_ => { }, arguments);

    private static Process Start(Action<ProcessStartInfo> configure, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(Application);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        configure(start);
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet could not be started.");
    }
}
