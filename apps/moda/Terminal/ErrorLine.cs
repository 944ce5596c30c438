using Moda.Weights;

namespace Moda.Cli.Terminal;

/// <summary>Messages as one line of standard error.</summary>
internal static class ErrorLine
{
    /// <summary>The message of an exception. One that only bundles another is described by that one.</summary>
    public static string Of(Exception exception) =>
        Of(exception is AggregateException { InnerExceptions: [Exception only] } ? only.Message : exception.Message);

    /// <summary>A message without its line ends, and not longer than a screen.</summary>
    public static string Of(string message) => ShownText.Of(
        string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), 2 * ShownText.LongestMessage);
}
