namespace Moda.Runtime.Files;

/// <summary>Describes disk errors and says what to do.</summary>
internal static class DiskProblem
{
    private const int DiskFullOnUnix = 28;
    private const int DiskFullOnWindows = 112;

    /// <summary>A sentence about a failed write. It leaves out the name of the unfinished file, which would tell the user nothing.</summary>
    public static string Describe(Exception error) => error switch
    {
        IOException { HResult: var code } when (code & 0xFFFF) is DiskFullOnUnix or DiskFullOnWindows =>
            "the disk is full. Free some space or write elsewhere.",
        UnauthorizedAccessException => "there is no permission to write there.",
        _ => $"it cannot be written: {error.Message.Split(" : '")[0].TrimEnd('.')}.",
    };
}
