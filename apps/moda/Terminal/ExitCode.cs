namespace Moda.Cli.Terminal;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    /// <summary>Everything that was asked for was done.</summary>
    public const int Success = 0;

    /// <summary>Something failed; one line on standard error says what.</summary>
    public const int Failure = 1;

    /// <summary>The command line was not understood.</summary>
    public const int Usage = 2;

    /// <summary>The image holds no face, or not the one that was chosen.</summary>
    public const int NoFace = 3;

    /// <summary>Stopped by Ctrl+C (128 + SIGINT, as shells report it).</summary>
    public const int Cancelled = 130;

    /// <summary>Stopped because its terminal was closed (128 + SIGHUP).</summary>
    public const int HungUp = 129;

    /// <summary>Stopped by <c>kill</c> (128 + SIGTERM).</summary>
    public const int Terminated = 143;
}
