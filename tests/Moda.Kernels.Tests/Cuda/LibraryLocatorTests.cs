using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Inventory;
using Moda.Kernels.Cuda.Libraries;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

public sealed class LibraryLocatorTests
{
    [Fact]
    public void Places_are_looked_in_in_the_documented_order()
    {
        using FakeLibraryHost host = new();
        host.LoaderKnows.Add("libnvrtc.so.12");
        AssertFound(host, null, "/loader/libnvrtc.so.12", "loader path");

        host.Set("VIRTUAL_ENV", Path.Combine(host.Root, "venv"));
        string pip = host.Add("venv/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
        AssertFound(host, null, pip, "pip package");

        string toolkit = host.Add("usr/local/cuda-12.4/lib64/libnvrtc.so.12");
        AssertFound(host, null, toolkit, "CUDA toolkit");

        string variable = host.Add("named/lib64/libnvrtc.so.12");
        host.Set(LibraryLocator.FolderVariable, Path.Combine(host.Root, "named"));
        AssertFound(host, null, variable, LibraryLocator.FolderVariable);

        string option = host.Add("option/libnvrtc.so.12");
        AssertFound(host, Path.Combine(host.Root, "option"), option, "option");
    }

    [Fact]
    public void Newer_toolkits_come_first_and_other_majors_not_at_all()
    {
        using FakeLibraryHost host = new();
        host.Add("usr/local/cuda-11.8/lib64/libnvrtc.so.12");
        Assert.Null(new LibraryLocator(host, null).Find(LibraryKind.Nvrtc, 13, out _));
        string older = host.Add("usr/local/cuda-12.9/lib64/libnvrtc.so.12");
        AssertFound(host, null, older, "CUDA toolkit");
        string newer = host.Add("usr/local/cuda-12.10/lib64/libnvrtc.so.12");
        AssertFound(host, null, newer, "CUDA toolkit");
        string link = host.Add("usr/local/cuda/lib64/libnvrtc.so.12");
        AssertFound(host, null, link, "CUDA toolkit");
    }

    [Fact]
    public void A_library_newer_than_the_driver_is_passed_over()
    {
        using FakeLibraryHost host = new();
        host.Add("usr/local/cuda/lib64/libcublasLt.so.13");
        string older = host.Add("usr/local/cuda-12.4/lib64/libcublasLt.so.12");
        LoadedLibrary? library = new LibraryLocator(host, null).Find(LibraryKind.CublasLt, driverMajor: 12, out _);
        Assert.Equal(older, library?.Path);
    }

    [Fact]
    public void Packages_of_the_Python_on_the_path_are_found_through_links_too()
    {
        using FakeLibraryHost host = new();
        string real = host.Add("opt/python/bin/python3.12");
        string cu13 = host.Add("opt/python/lib/python3.12/site-packages/nvidia/cu13/lib/libnvrtc.so.13");
        Directory.CreateDirectory(Path.Combine(host.Root, "links"));
        File.CreateSymbolicLink(Path.Combine(host.Root, "links", "python3"), real);
        host.Set("PATH", Path.Combine(host.Root, "links"));
        AssertFound(host, null, cu13, "pip package");
    }

    [Fact]
    public void Builtins_are_loaded_before_the_compiler_that_opens_them_by_name()
    {
        using FakeLibraryHost host = new();
        string builtins = host.Add("usr/local/cuda/lib64/libnvrtc-builtins.so.13.0");
        string nvrtc = host.Add("usr/local/cuda/lib64/libnvrtc.so.13");
        AssertFound(host, null, nvrtc, "CUDA toolkit");
        Assert.Equal([builtins, nvrtc], host.Loaded);
    }

    [Fact]
    public void A_library_that_can_not_be_loaded_is_passed_over_and_named()
    {
        using FakeLibraryHost host = new();
        string broken = host.Add("usr/local/cuda/lib64/libnvrtc.so.13");
        host.Broken.Add(broken);
        Assert.Null(new LibraryLocator(host, null).Find(LibraryKind.Nvrtc, 13, out string problem));
        Assert.Contains(broken + " could not be loaded", problem, StringComparison.Ordinal);
        host.LoaderKnows.Add("libnvrtc.so.13");
        AssertFound(host, null, "/loader/libnvrtc.so.13", "loader path");
    }

    [Fact]
    public void Drivers_that_the_loader_does_not_know_are_found_last()
    {
        using FakeLibraryHost host = new();
        string driver = host.Add("usr/lib/wsl/lib/libcuda.so.1");
        Assert.Equal(driver, new LibraryLocator(host, null).Find(LibraryKind.Driver, 13, out _)?.Path);
        host.LoaderKnows.Add("libcuda.so.1");
        Assert.Equal("loader path", new LibraryLocator(host, null).Find(LibraryKind.Driver, 13, out _)?.Origin);
    }

    [Fact]
    public void A_library_that_is_refused_is_followed_by_the_next()
    {
        using FakeLibraryHost host = new();
        host.Add("usr/local/cuda/lib64/libcuda.so.1");
        host.LoaderKnows.Add("libcuda.so.1");
        string real = host.Add("usr/lib/wsl/lib/libcuda.so.1");
        var locator = new LibraryLocator(host, null);

        Assert.Equal(real, locator.Find(LibraryKind.Driver, 13, out string none, library => library.Path == real ? null : $"{library.Path} is a stub")?.Path);
        Assert.Empty(none);

        Assert.Null(locator.Find(LibraryKind.Driver, 13, out string problem, library => $"{library.Path} is a stub"));
        Assert.Equal(
            $"no libcuda.so.1 works: {host.Root}/usr/local/cuda/lib64/libcuda.so.1 is a stub; /loader/libcuda.so.1 is a stub; {real} is a stub; install the driver",
            problem);
    }

    [Fact]
    public void A_stub_of_the_driver_is_named_and_taken_back()
    {
        // The test itself has no cuInit.
        using FakeLibraryHost host = new() { Handle = System.Runtime.InteropServices.NativeLibrary.GetMainProgramHandle() };
        string stub = host.Add("usr/local/cuda/lib64/libcuda.so.1");
        CudaLibraries libraries = CudaLibraries.Locate(host, folder: null);

        Assert.False(libraries.HasDriver);
        Assert.Contains(stub, Assert.Single(libraries.PassedOver), StringComparison.Ordinal);
        Assert.Contains(libraries.PassedOver[0], libraries.Problem!, StringComparison.Ordinal);
        Assert.Single(host.Unloaded);
    }

    [Fact]
    public void Windows_has_names_and_folders_of_its_own()
    {
        using FakeLibraryHost host = new() { IsWindows = true };
        host.Set("ProgramFiles", Path.Combine(host.Root, "Programs"));
        string toolkits = "Programs/NVIDIA GPU Computing Toolkit/CUDA";
        string twelve = host.Add($"{toolkits}/v12.6/bin/nvrtc64_120_0.dll");
        AssertFound(host, null, twelve, "CUDA toolkit");
        string thirteen = host.Add($"{toolkits}/v13.0/bin/x64/nvrtc64_130_0.dll");
        AssertFound(host, null, thirteen, "CUDA toolkit");
        string package = host.Add("venv/Lib/site-packages/nvidia/cublas/bin/cublasLt64_12.dll");
        host.Set("VIRTUAL_ENV", Path.Combine(host.Root, "venv"));
        Assert.Equal(package, new LibraryLocator(host, null).Find(LibraryKind.CublasLt, 13, out _)?.Path);
    }

    [Fact]
    public void Without_CUDA_one_line_says_what_is_missing()
    {
        using FakeLibraryHost host = new();
        host.Add("usr/local/cuda/lib64/readme");
        CudaLibraries libraries = CudaLibraries.Locate(host, folder: null);
        Assert.NotNull(libraries.Problem);
        Assert.DoesNotContain('\n', libraries.Problem);
        Assert.Contains("libcuda.so.1", libraries.Problem, StringComparison.Ordinal);
        Assert.Contains("NVRTC (libnvrtc.so.13 or libnvrtc.so.12)", libraries.Problem, StringComparison.Ordinal);
        Assert.Contains("cuBLASLt", libraries.Problem, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(host.Root, "usr/local/cuda/lib64"), libraries.Problem, StringComparison.Ordinal);
        Assert.Contains(LibraryLocator.FolderVariable, libraries.Problem, StringComparison.Ordinal);
        Assert.Throws<CudaUnavailableException>(() => libraries.Driver);

        CudaInventory inventory = CudaDevices.Enumerate(libraries);
        Assert.False(inventory.IsUsable);
        Assert.Empty(inventory.Devices);
        Assert.Equal(libraries.Problem, inventory.Problem);
    }

    [Fact]
    public void Looking_on_this_machine_never_throws()
    {
        CudaInventory inventory = CudaDevices.Enumerate();
        Assert.Equal(inventory.IsUsable, inventory.Problem is null);
        Assert.All(inventory.Libraries, library => Assert.NotEmpty(library.Path));
    }

    private static void AssertFound(FakeLibraryHost host, string? option, string path, string origin)
    {
        LoadedLibrary? library = new LibraryLocator(host, option).Find(LibraryKind.Nvrtc, 13, out string problem);
        Assert.NotNull(library);
        Assert.Empty(problem);
        Assert.Equal(path, library.Path);
        Assert.Equal(origin, library.Origin);
    }
}
