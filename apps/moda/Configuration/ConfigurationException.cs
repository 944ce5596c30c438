namespace Moda.Cli.Configuration;

/// <summary>A configuration file can't be used.</summary>
internal sealed class ConfigurationException(string message, Exception? cause = null) : Exception(message, cause);
