using Moda.Docs.Tests.Pages;
using Moda.Testing;
using Xunit;

namespace Moda.Docs.Tests.Code;

/// <summary>Compiles the program of docs/own-network.md as it stands, and runs it on a case.</summary>
public sealed class OwnNetworkTests
{
    [Fact]
    public async Task The_program_of_the_page_passes_on_its_case()
    {
        CodeBlock block = Assert.Single(MarkdownPage.All.Where(page => page.Path == "docs/own-network.md").SelectMany(page => page.Blocks), block => block.Language == "csharp");
        using var folder = new TemporaryFolder();
        TwoLayersCase.Write(folder.Path);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(folder.File("Program.cs"), string.Join('\n', block.Lines), cancellation);
        await File.WriteAllTextAsync(folder.File("OwnNetwork.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <Reference Include="{AppContext.BaseDirectory}Moda.*.dll;{AppContext.BaseDirectory}System.Numerics.Tensors.dll" Exclude="{AppContext.BaseDirectory}*.Tests.dll" />
              </ItemGroup>
            </Project>
            """, cancellation);

        string output = await Shell.RunAsync(folder.Path, "dotnet", "run", "-c", "Release");

        Assert.Contains("y: relative error", output, StringComparison.Ordinal);
        Assert.Contains("PASS", output, StringComparison.Ordinal);
    }
}
