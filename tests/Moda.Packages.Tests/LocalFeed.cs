using Moda.Testing;
using Xunit;

// Packing takes as long as all tests together, so they share it.
[assembly: AssemblyFixture(typeof(Moda.Packages.Tests.LocalFeed))]

namespace Moda.Packages.Tests;

/// <summary>
/// A folder of packages, packed from this repository as <c>scripts/pack.sh</c> does it, under a version of its own, and programs that
/// restore from it and from the registry that this machine uses.
/// </summary>
public sealed class LocalFeed : IAsyncLifetime
{
    /// <summary>What the packages name as their repository.</summary>
    public const string Repository = "https://example.org/moda-native.git";

    private readonly TemporaryFolder folder = new();

    /// <summary>The version of all packages: one that no registry has.</summary>
    public string Version { get; } = $"0.0.1-test.{Environment.ProcessId}";

    /// <summary>The packages.</summary>
    public string Packages => folder.File("packages");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Packages);
        await Shell.RunAsync(
            TestData.Repository, "dotnet", "pack", "Moda.Native.sln", "-c", "Release", "--no-build", "--nologo", "-v", "quiet",
            $"-p:PackageOutputPath={Packages}/", $"-p:Version={Version}", $"-p:RepositoryUrl={Repository}");
    }

    /// <summary>Makes a console program of one file that references packages.</summary>
    /// <param name="name">Its folder below the feed's.</param>
    /// <param name="program">Program.cs.</param>
    /// <param name="packages">The packages that it references.</param>
    /// <returns>Its folder.</returns>
    public string CreateProgram(string name, string program, params string[] packages)
    {
        string home = folder.File(name);
        Directory.CreateDirectory(home);
        File.WriteAllText(Path.Combine(home, "Program.cs"), program);
        File.WriteAllText(Path.Combine(home, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="local" value="{Packages}" />
              </packageSources>
            </configuration>
            """);

        // Packages of this version are kept apart, and those that the machine has already are taken from where they are.
        string known = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(Path.Combine(home, name + ".csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestorePackagesPath>{folder.File("restored")}</RestorePackagesPath>
                <RestoreFallbackFolders>{known}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                {string.Join("\n    ", packages.Select(package => $"""<PackageReference Include="{package}" Version="{Version}" />"""))}
              </ItemGroup>
            </Project>
            """);
        return home;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
