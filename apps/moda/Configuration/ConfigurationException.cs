using Moda.Weights;

namespace Moda.Cli.Configuration;

/// <summary>A configuration file can't be used. What the message quotes from it is cut to a bounded length.</summary>
internal sealed class ConfigurationException(string message, Exception? cause = null)
    : Exception(ShownText.Of(message, ShownText.LongestMessage), cause)
{
    /// <summary>Throws where a rule does not hold.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="rule">The rule, and what to do.</param>
    public static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new ConfigurationException(rule);
        }
    }
}
