import pytest

# The suite and its helpers are no test modules by name; without this their assertions would not say what they compared.
pytest.register_assert_rewrite("storage_contract", "storage_making")
