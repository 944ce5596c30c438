using Moda.Weights;

namespace Moda.Cli.Configuration;

/// <summary>A configuration file can't be used. What the message quotes from it is cut to a bounded length.</summary>
internal sealed class ConfigurationException(string message, Exception? cause = null)
    : Exception(ShownText.Of(message, ShownText.LongestMessage), cause);
