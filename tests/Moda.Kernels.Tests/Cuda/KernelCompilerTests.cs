using System.Text;
using Moda.Kernels.Cuda.Compilation;
using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Nvrtc;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

[Collection(FakeCompiler.Collection)]
public sealed class KernelCompilerTests : IDisposable
{
    private static readonly KernelSource Source = new(new SourceFile("a.cu", "kernel"), [new SourceFile("b.cuh", "header")]);

    private readonly string folder = Directory.CreateTempSubdirectory("moda-kernels-").FullName;
    private readonly NvrtcApi nvrtc = FakeCompiler.Reset();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Source_headers_names_and_options_reach_the_compiler()
    {
        CompiledKernel compiled = Compiler().Compile(Source, new CompilationOptions { Macros = ["MODA_HALF=1"], Extra = ["--maxrregcount=64"] });
        Assert.Equal(
            "a.cu|kernel|b.cuh=header --gpu-architecture=sm_90a --std=c++17 --generate-line-info --define-macro=MODA_HALF=1 --maxrregcount=64",
            Encoding.UTF8.GetString(compiled.Image));
        Assert.Equal("a warning", compiled.Log);
        Assert.False(compiled.FromCache);
        Assert.Equal(0, FakeCompiler.Alive);
    }

    [Fact]
    public void What_was_compiled_once_comes_from_the_cache()
    {
        CompiledKernel first = Compiler().Compile(Source, new CompilationOptions());
        CompiledKernel second = Compiler().Compile(Source, new CompilationOptions());
        Assert.True(second.FromCache);
        Assert.Equal(first.Image, second.Image);
        Assert.Equal(first.Log, second.Log);
        Assert.Equal(1, FakeCompiler.Compilations);
        Compiler().Compile(Source, new CompilationOptions { LineNumbers = false });
        Assert.Equal(2, FakeCompiler.Compilations);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(-1)]
    public void A_damaged_entry_is_built_again(int position)
    {
        CompiledKernel first = Compiler().Compile(Source, new CompilationOptions());
        string entry = Assert.Single(Directory.GetFiles(folder, "*.cubin", SearchOption.AllDirectories));
        byte[] bytes = File.ReadAllBytes(entry);
        bytes[position < 0 ? ^1 : position] ^= 1;
        File.WriteAllBytes(entry, bytes);
        CompiledKernel again = Compiler().Compile(Source, new CompilationOptions());
        Assert.False(again.FromCache);
        Assert.Equal(first.Image, again.Image);
        Assert.True(Compiler().Compile(Source, new CompilationOptions()).FromCache);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(42)]
    [InlineData(60)]
    public void A_truncated_entry_is_built_again(int length)
    {
        Compiler().Compile(Source, new CompilationOptions());
        string entry = Assert.Single(Directory.GetFiles(folder, "*.cubin", SearchOption.AllDirectories));
        File.WriteAllBytes(entry, File.ReadAllBytes(entry)[..length]);
        Assert.False(Compiler().Compile(Source, new CompilationOptions()).FromCache);
    }

    [Fact]
    public void Errors_carry_the_log_and_are_not_cached()
    {
        KernelSource wrong = Source with { Unit = new SourceFile("wrong.cu", "#error") };
        KernelCompilationException failure = Assert.Throws<KernelCompilationException>(() => Compiler().Compile(wrong, new CompilationOptions()));
        Assert.Equal("wrong.cu", failure.SourceName);
        Assert.Equal("line 3: what is wrong", failure.Log);
        Assert.Contains("line 3: what is wrong", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--gpu-architecture=sm_90a", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        Assert.Equal(0, FakeCompiler.Alive);
    }

    [Fact]
    public void Many_writers_and_readers_of_one_folder_never_see_half_an_entry()
    {
        byte[] image = new byte[1 << 20];
        new Random(1).NextBytes(image);
        string key = KernelCache.Key(Source, ["x"], new Version(12, 8));
        int found = 0;
        Parallel.For(0, 200, index =>
        {
            KernelCache cache = new(folder);
            if (index % 4 == 0)
            {
                cache.Store(key, new CompiledKernel("a.cu", image, "log", FromCache: false));
                Assert.Null(cache.WriteProblem);
            }
            else if (File.Exists(Path.Combine(folder, key[..2], key + ".cubin")))
            {
                CompiledKernel? entry = cache.Find(key, "a.cu");
                Assert.NotNull(entry);
                Assert.True(entry.Image.AsSpan().SequenceEqual(image));
                Interlocked.Increment(ref found);
            }
        });
        Assert.NotEqual(0, found);
        Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_folder_that_can_not_be_written_costs_only_the_cache()
    {
        string file = Path.Combine(folder, "file");
        File.WriteAllText(file, "in the way");
        KernelCache cache = new(Path.Combine(file, "below"));
        var compiler = new KernelCompiler(nvrtc, cache, new Version(9, 0));
        Assert.False(compiler.Compile(Source, new CompilationOptions()).FromCache);
        Assert.NotNull(cache.WriteProblem);
    }

    [Fact]
    public void The_key_depends_on_everything_that_the_result_does()
    {
        Version version = new(12, 8);
        string[] keys =
        [
            KernelCache.Key(Source, ["--a", "--b"], version),
            KernelCache.Key(Source, ["--a--b"], version),
            KernelCache.Key(Source, ["--a"], version),
            KernelCache.Key(Source, ["--a", "--b"], new Version(12, 9)),
            KernelCache.Key(Source with { Unit = new SourceFile("a.cu", "kernel ") }, ["--a", "--b"], version),
            KernelCache.Key(Source with { Unit = new SourceFile("c.cu", "kernel") }, ["--a", "--b"], version),
            KernelCache.Key(Source with { Headers = [] }, ["--a", "--b"], version),
            KernelCache.Key(Source with { Headers = [new SourceFile("b.cuh", "other")] }, ["--a", "--b"], version),
            KernelCache.Key(Source with { Headers = [new SourceFile("d.cuh", "header")] }, ["--a", "--b"], version),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(keys[0], KernelCache.Key(Source, ["--a", "--b"], version));
        Assert.Equal(64, keys[0].Length);
    }

    [Fact]
    public void The_folder_follows_the_conventions_of_the_system()
    {
        Assert.Equal(Path.GetFullPath("/c"), FolderFor(false, ("MODA_KERNEL_CACHE", "/c"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")));
        Assert.Equal(Path.Combine("/x", "moda", "kernels"), FolderFor(false, ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")));
        Assert.Equal(Path.Combine("/h", ".cache", "moda", "kernels"), FolderFor(false, ("XDG_CACHE_HOME", "relative"), ("HOME", "/h")));
        Assert.Equal(Path.Combine("/h", ".cache", "moda", "kernels"), FolderFor(false, ("HOME", "/h")));
        Assert.Equal(Path.Combine("/l", "moda", "kernels"), FolderFor(true, ("LOCALAPPDATA", "/l"), ("USERPROFILE", "/u")));
        Assert.Equal(Path.Combine("/u", "AppData", "Local", "moda", "kernels"), FolderFor(true, ("USERPROFILE", "/u")));
        Assert.StartsWith(Path.GetTempPath(), FolderFor(false), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7.5", "sm_75")]
    [InlineData("8.0", "compute_75")]
    [InlineData("8.6", "sm_86")]
    [InlineData("8.9", "sm_86")]
    [InlineData("9.0", "sm_90a")]
    [InlineData("10.0", "compute_90")]
    [InlineData("12.0", "compute_90")]
    public void The_target_is_the_newest_that_runs_on_the_device(string capability, string architecture)
    {
        CompilationTarget target = CompilationTarget.For(Version.Parse(capability), [75, 86, 90]);
        Assert.Equal(architecture, target.Architecture);
        Assert.Equal(architecture.StartsWith("sm_", StringComparison.Ordinal), target.IsMachineCode);
    }

    [Fact]
    public void A_device_that_is_too_old_is_refused() =>
        Assert.Throws<NotSupportedException>(() => CompilationTarget.For(new Version(7, 0), [70, 75, 86]));

    [Theory]
    [InlineData("9.0", "sm_80", "compute_80", "8.0")]
    [InlineData("9.0", "sm_90", "sm_90a", "9.0")]
    [InlineData("8.6", "sm_80", "sm_80", "8.0")]
    [InlineData("8.0", "sm_90", "sm_80", "8.0")]
    public void Kernels_can_be_limited_to_an_older_architecture(string capability, string limit, string architecture, string usable)
    {
        CompilationTarget target = CompilationTarget.For(Version.Parse(capability), [75, 80, 86, 90], limit);
        Assert.Equal((architecture, Version.Parse(usable)), (target.Architecture, target.Capability));
        Assert.Equal(architecture == "sm_90a", target.HasWarpgroupProducts);
    }

    [Theory]
    [InlineData("80")]
    [InlineData("sm_x")]
    [InlineData("sm_70")]
    public void A_limit_that_is_none_is_refused(string limit) => Assert.Contains(
        CompilationTarget.LimitVariable,
        Assert.Throws<NotSupportedException>(() => CompilationTarget.For(new Version(9, 0), [75, 80, 86, 90], limit)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Headers_are_collected_through_headers_each_once()
    {
        Dictionary<string, string> files = new()
        {
            ["a.cuh"] = "#pragma once\n#include \"b.cuh\"\n",
            ["b.cuh"] = "  #  include \"c.cuh\" // why\n#include <cuda_fp16.h>",
            ["c.cuh"] = "#include \"a.cuh\"",
        };
        SourceFile unit = new("u.cu", "// u\n#include \"b.cuh\"\n#include \"a.cuh\"\n// #include \"not.cuh\"\n");
        KernelSource source = KernelSources.Resolve(unit, (name, _) => new SourceFile(name, files[name]));
        Assert.Equal(["a.cuh", "b.cuh", "c.cuh"], source.Headers.Select(header => header.Name));
    }

    [Fact]
    public void Every_embedded_kernel_has_its_headers()
    {
        Assert.NotEmpty(KernelSources.Names);
        Assert.All(KernelSources.Names.Select(KernelSources.Load), source => Assert.Contains(
            source.Headers.Append(source.Unit), file => file.Text.Contains("__global__", StringComparison.Ordinal)));
        FileNotFoundException failure = Assert.Throws<FileNotFoundException>(() => KernelSources.Load("absent.cu"));
        Assert.Contains("absent.cu", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sources_of_a_folder_take_the_place_of_embedded_ones()
    {
        string edited = Directory.CreateTempSubdirectory("moda-kernels-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(edited, "common.cuh"), "// mine");
            KernelSource embedded = KernelSources.LoadFrom(folder: null, "elementwise.cu");
            KernelSource mixed = KernelSources.LoadFrom(edited, "elementwise.cu");

            Assert.Equal("// mine", mixed.Headers.Single(header => header.Name == "common.cuh").Text);
            Assert.Equal(embedded.Unit, mixed.Unit);
            Assert.NotEqual(KernelCache.Key(embedded, [], new Version(13, 0)), KernelCache.Key(mixed, [], new Version(13, 0)));
            string missing = Assert.Throws<DirectoryNotFoundException>(() => KernelSources.LoadFrom(Path.Combine(edited, "no"), "elementwise.cu")).Message;
            Assert.Contains(KernelSources.FolderVariable, missing, StringComparison.Ordinal);

            File.WriteAllText(Path.Combine(edited, "elementwise2.cu"), "// a copy that nothing would compile");
            string stray = Assert.Throws<FileNotFoundException>(() => KernelSources.LoadFrom(edited, "elementwise.cu")).Message;
            Assert.Contains("elementwise2.cu", stray, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(edited, recursive: true);
        }
    }

    [Fact]
    public void All_embedded_kernels_compile_at_the_same_time_in_their_order()
    {
        CompiledKernel[] compiled = Compiler().CompileAll(KernelSources.Names, new CompilationOptions());
        Assert.Equal(KernelSources.Names, compiled.Select(kernel => kernel.Name));
        Assert.Equal(KernelSources.Names.Count, FakeCompiler.Compilations);
        Assert.All(Compiler().CompileAll(KernelSources.Names, new CompilationOptions()), kernel => Assert.True(kernel.FromCache));
    }

    private static string FolderFor(bool isWindows, params (string Name, string Value)[] variables) =>
        KernelCache.DefaultFolder(name => variables.FirstOrDefault(variable => variable.Name == name).Value, isWindows);

    private KernelCompiler Compiler() => new(nvrtc, new KernelCache(folder), new Version(9, 0));
}
