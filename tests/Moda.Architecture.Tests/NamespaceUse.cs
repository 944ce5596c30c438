namespace Moda.Architecture.Tests;

/// <summary>One type uses a type of another namespace.</summary>
/// <param name="From">The namespace of the user.</param>
/// <param name="To">The namespace of what is used.</param>
/// <param name="Example">A member that uses the type, and the type's full name.</param>
internal sealed record NamespaceUse(string From, string To, string Example);
