namespace Moda.Extensions.Hosting.Clients;

/// <summary>What stands behind a client, for logs, metrics and traces.</summary>
/// <param name="ProviderName">Who makes the videos: <c>moda</c> for an engine in this process.</param>
/// <param name="ModelName">The weights: their folder's name, or <c>open-checkpoint</c>.</param>
public sealed record TalkingHeadClientMetadata(string ProviderName, string ModelName);
