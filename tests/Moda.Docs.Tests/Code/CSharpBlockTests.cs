using Moda.Docs.Tests.Pages;
using Moda.Testing;
using Xunit;

namespace Moda.Docs.Tests.Code;

/// <summary>Compiles the C# blocks of all pages against the libraries, in one generated project.</summary>
public sealed class CSharpBlockTests
{
    [Fact]
    public async Task All_blocks_compile()
    {
        CodeBlock[] blocks = [.. MarkdownPage.All.SelectMany(page => page.Blocks).Where(block => block.Language == "csharp")];
        Assert.True(blocks.Length >= 8, $"Only {blocks.Length} C# blocks were found.");
        using var folder = new TemporaryFolder();
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        for (int index = 0; index < blocks.Length; index++)
        {
            await File.WriteAllTextAsync(folder.File($"Block{index}.cs"), BlockProgram.Write(blocks[index], index), cancellation);
        }

        await File.WriteAllTextAsync(folder.File("Blocks.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <FrameworkReference Include="Microsoft.AspNetCore.App" />
                <Reference Include="{AppContext.BaseDirectory}Moda.*.dll" Exclude="{AppContext.BaseDirectory}*.Tests.dll" />
                <Reference Include="{AppContext.BaseDirectory}NAudio*.dll;{AppContext.BaseDirectory}SixLabors.ImageSharp.dll" />
              </ItemGroup>
            </Project>
            """, cancellation);

        await Shell.RunAsync(folder.Path, "dotnet", "build", "-c", "Release", "--nologo", "-v", "quiet");
    }
}
